{{/*
The settings file of one component: config, and beneath it what follows from other values (credentials, folders, Strimzi). Takes
root and component (worker, monitor, topics). Returns YAML.
*/}}
{{- define "harbinger.settings" -}}
{{- $root := .root -}}
{{- $follows := dict "kafka" (fromYaml (include "harbinger.settings.kafka" $root)) -}}
{{- if or $root.Values.topicsJob.enabled $root.Values.strimzi.topics.enabled -}}
{{- $_ := set $follows "topics" (dict "create" false) -}}
{{- end -}}
{{- $analysis := dict -}}
{{- if include "harbinger.overrides.name" (dict "root" $root "kind" "knowledge") -}}
{{- $_ := set $analysis "knowledge_overrides" "/etc/harbinger/knowledge" -}}
{{- end -}}
{{- if include "harbinger.overrides.name" (dict "root" $root "kind" "lexicon") -}}
{{- $_ := set $analysis "lexicon_overrides" "/etc/harbinger/lexicon" -}}
{{- end -}}
{{- if and $analysis (ne .component "topics") -}}
{{- $_ := set $follows "analysis" $analysis -}}
{{- end -}}
{{- if eq .component "monitor" -}}
{{- $_ := set $follows "monitor" (fromYaml (include "harbinger.settings.monitor" $root)) -}}
{{- end -}}
{{- $config := deepCopy $root.Values.config -}}
{{- if not $config.kafka.bootstrap_servers -}}
{{- $_ := unset $config.kafka "bootstrap_servers" -}}
{{- end -}}
{{- $settings := mustMergeOverwrite $follows $config -}}
{{- if eq .component "worker" -}}
{{- $_ := unset $settings "monitor" -}}
{{- end -}}
{{- toYaml $settings -}}
{{- end -}}

{{- define "harbinger.settings.kafka" -}}
{{- $credentials := fromYaml (include "harbinger.credentials" .) -}}
{{- $given := dig "security" "sasl" dict .Values.config.kafka -}}
{{- $security := dict -}}
{{- if $credentials.protocol -}}
{{- $_ := set $security "protocol" $credentials.protocol -}}
{{- end -}}
{{- if $credentials.ca -}}
{{- $_ := set $security "ca_file" "/etc/harbinger/kafka/ca.crt" -}}
{{- end -}}
{{- if $credentials.client -}}
{{- $_ := set $security "cert_file" "/etc/harbinger/kafka/tls.crt" -}}
{{- $_ := set $security "key_file" "/etc/harbinger/kafka/tls.key" -}}
{{- if $credentials.client.keyPasswordKey -}}
{{- $_ := set $security "key_password_file" "/etc/harbinger/kafka/tls.password" -}}
{{- end -}}
{{- end -}}
{{- with $credentials.sasl -}}
{{- $sasl := dict "mechanism" .mechanism -}}
{{- if eq .mechanism "OAUTHBEARER" -}}
{{- $oauth := dict "client_secret_file" "/etc/harbinger/kafka/client-secret" -}}
{{- if not (dig "oauth" "client_id" "" $given) -}}
{{- $_ := set $oauth "client_id_file" "/etc/harbinger/kafka/client-id" -}}
{{- end -}}
{{- $_ := set $sasl "oauth" $oauth -}}
{{- else -}}
{{- $_ := set $sasl "password_file" "/etc/harbinger/kafka/password" -}}
{{- if .username -}}
{{- $_ := set $sasl "username" .username -}}
{{- else -}}
{{- $_ := set $sasl "username_file" "/etc/harbinger/kafka/username" -}}
{{- end -}}
{{- end -}}
{{- $_ := set $security "sasl" $sasl -}}
{{- end -}}
{{- $kafka := dict -}}
{{- with include "harbinger.bootstrapServers" . -}}
{{- $_ := set $kafka "bootstrap_servers" . -}}
{{- end -}}
{{- if $security -}}
{{- $_ := set $kafka "security" $security -}}
{{- end -}}
{{- toYaml $kafka -}}
{{- end -}}

{{- define "harbinger.settings.monitor" -}}
{{- $monitor := dict "data_dir" "/var/lib/harbinger" -}}
{{- if include "harbinger.alertRules.name" . -}}
{{- $_ := set $monitor "rules_file" "/etc/harbinger/alert-rules/alerts.yaml" -}}
{{- end -}}
{{- $sinks := dict -}}
{{- with .Values.monitor.sinks -}}
{{- if and .existingSecret .webhookSecretKey -}}
{{- $_ := set $sinks "webhook" (dict "secret_file" "/etc/harbinger/sinks/webhook-secret") -}}
{{- end -}}
{{- if and .existingSecret .slackUrlKey -}}
{{- $_ := set $sinks "slack" (dict "secret_url_file" "/etc/harbinger/sinks/slack-url") -}}
{{- end -}}
{{- end -}}
{{- if $sinks -}}
{{- $_ := set $monitor "sinks" $sinks -}}
{{- end -}}
{{- toYaml $monitor -}}
{{- end -}}

{{/* Where Kafka is: config.kafka.bootstrap_servers, else the TLS listener that Strimzi's documentation calls "tls". */}}
{{- define "harbinger.bootstrapServers" -}}
{{- if .Values.config.kafka.bootstrap_servers -}}
{{- .Values.config.kafka.bootstrap_servers -}}
{{- else if and .Values.strimzi.user.enabled .Values.strimzi.cluster -}}
{{- printf "%s-kafka-bootstrap.%s.svc:9093" .Values.strimzi.cluster (include "harbinger.strimzi.namespace" .) -}}
{{- end -}}
{{- end -}}

{{- define "harbinger.strimzi.namespace" -}}
{{- .Values.strimzi.namespace | default .Release.Namespace -}}
{{- end -}}

{{- define "harbinger.strimzi.user" -}}
{{- .Values.strimzi.user.name | default (include "harbinger.fullname" .) -}}
{{- end -}}

{{/*
Which secrets the connection needs: protocol, and where needed ca, client and sasl, each with the name of its Secret and the keys in it. A
KafkaUser of ours fills in what kafka.* leaves open.
*/}}
{{- define "harbinger.credentials" -}}
{{- $user := .Values.strimzi.user -}}
{{- $given := dig "security" dict .Values.config.kafka -}}
{{- $scram := and $user.enabled (eq $user.authentication "scram-sha-512") -}}
{{- $default := "" -}}
{{- if $user.enabled -}}
{{- $default = ternary "SASL_SSL" "SSL" $scram -}}
{{- end -}}
{{- $protocol := dig "protocol" $default $given -}}
{{- $found := dict "protocol" $protocol -}}
{{- $ca := .Values.kafka.tls.ca -}}
{{- if or $ca.existingSecret $ca.existingConfigMap -}}
{{- $_ := set $found "ca" $ca -}}
{{- else if and $user.enabled (hasSuffix "SSL" $protocol) -}}
{{- $_ := set $found "ca" (dict "existingSecret" (printf "%s-cluster-ca-cert" .Values.strimzi.cluster) "key" "ca.crt") -}}
{{- end -}}
{{- if .Values.kafka.tls.client.existingSecret -}}
{{- $_ := set $found "client" .Values.kafka.tls.client -}}
{{- else if and $user.enabled (not $scram) -}}
{{- $_ := set $found "client" (dict "existingSecret" (include "harbinger.strimzi.user" .) "certKey" "user.crt" "keyKey" "user.key") -}}
{{- end -}}
{{- $sasl := .Values.kafka.sasl -}}
{{- $username := dig "sasl" "username" "" $given -}}
{{- if $sasl.existingSecret -}}
{{- $mechanism := dig "sasl" "mechanism" (ternary "SCRAM-SHA-512" "" $scram) $given -}}
{{- $_ := set $found "sasl" (mustMerge (dict "mechanism" $mechanism "username" $username) $sasl) -}}
{{- else if $scram -}}
{{- $name := include "harbinger.strimzi.user" . -}}
{{- $_ := set $found "sasl" (dict "mechanism" "SCRAM-SHA-512" "username" $name "existingSecret" $name "passwordKey" "password") -}}
{{- end -}}
{{- toYaml $found -}}
{{- end -}}

{{/* One projected volume with every credential under a fixed name, whatever the Secrets call it. */}}
{{- define "harbinger.credentials.sources" -}}
{{- $credentials := fromYaml (include "harbinger.credentials" .) -}}
{{- with $credentials.ca }}
{{- if .existingConfigMap }}
- configMap:
    name: {{ .existingConfigMap }}
    items: [{key: {{ .key | quote }}, path: ca.crt}]
{{- else }}
- secret:
    name: {{ .existingSecret }}
    items: [{key: {{ .key | quote }}, path: ca.crt}]
{{- end }}
{{- end }}
{{- with $credentials.client }}
- secret:
    name: {{ .existingSecret }}
    items:
      - {key: {{ .certKey | quote }}, path: tls.crt}
      - {key: {{ .keyKey | quote }}, path: tls.key}
      {{- with .keyPasswordKey }}
      - {key: {{ . | quote }}, path: tls.password}
      {{- end }}
{{- end }}
{{- with $credentials.sasl }}
- secret:
    name: {{ .existingSecret }}
    items:
      {{- if eq .mechanism "OAUTHBEARER" }}
      {{- if not (dig "security" "sasl" "oauth" "client_id" "" $.Values.config.kafka) }}
      - {key: {{ .clientIdKey | quote }}, path: client-id}
      {{- end }}
      - {key: {{ .clientSecretKey | quote }}, path: client-secret}
      {{- else }}
      {{- if not .username }}
      - {key: {{ .usernameKey | quote }}, path: username}
      {{- end }}
      - {key: {{ .passwordKey | quote }}, path: password}
      {{- end }}
{{- end }}
{{- end -}}

{{/* Name of the ConfigMap with overrides of one kind (knowledge, lexicon); empty without any. */}}
{{- define "harbinger.overrides.name" -}}
{{- $overrides := index .root.Values.overrides .kind -}}
{{- if $overrides.existingConfigMap -}}
{{- tpl $overrides.existingConfigMap .root -}}
{{- else if $overrides.files -}}
{{- printf "%s-%s" (include "harbinger.fullname" .root) .kind -}}
{{- end -}}
{{- end -}}

{{/* Name of the ConfigMap with the monitor's alert rules; empty when those of the image are in force. */}}
{{- define "harbinger.alertRules.name" -}}
{{- $rules := .Values.monitor.alertRules -}}
{{- if $rules.existingConfigMap -}}
{{- tpl $rules.existingConfigMap . -}}
{{- else if $rules.rules -}}
{{- printf "%s-alert-rules" (include "harbinger.fullname" .) -}}
{{- end -}}
{{- end -}}

{{/* Names of the monitor's own topics, as the service makes them from its group. */}}
{{- define "harbinger.monitorTopics" -}}
{{- $group := .Values.config.monitor.group_id -}}
pairs: {{ printf "%s-pairs" $group }}
changelog: {{ printf "%s-state-changelog" $group }}
dead_letters: {{ printf "%s-dlq" $group }}
{{- end -}}
