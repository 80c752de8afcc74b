{{/*
What values.schema.json cannot say, or not clearly: values that do not fit each other. All problems are named at once.
*/}}
{{- define "harbinger.checks" -}}
{{- $problems := list -}}
{{- range list "connection" "credentials" "secrets" "worker" "memory" "monitor" "strimzi" "sources" -}}
{{- $problems = concat $problems (fromYamlArray (include (printf "harbinger.checks.%s" .) $)) -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\nharbinger: these values cannot be used:\n  * %s\n" (join "\n  * " $problems)) -}}
{{- end -}}
{{- end -}}

{{- define "harbinger.checks.connection" -}}
{{- $set := list -}}
{{- range list .Values.worker .Values.monitor -}}
{{- range .extraEnv -}}{{- $set = append $set .name -}}{{- end -}}
{{- if .extraEnvFrom -}}{{- $set = append $set "HARBINGER_KAFKA__BOOTSTRAP_SERVERS" -}}{{- end -}}
{{- end -}}
{{- if not (or (include "harbinger.bootstrapServers" .) (has "HARBINGER_KAFKA__BOOTSTRAP_SERVERS" $set)) }}
- "config.kafka.bootstrap_servers must say where Kafka is, as --set config.kafka.bootstrap_servers=kafka:9092"
{{- end }}
{{- if not (or .Values.worker.enabled .Values.monitor.enabled) }}
- "worker.enabled and monitor.enabled are both false: nothing is left to install"
{{- end }}
{{- if lt (int .Values.config.http.port) 1 }}
- "config.http.port must be a fixed port here: probes and services name it"
{{- end }}
{{- if has (dig "host" "" .Values.config.http) (list "localhost" "127.0.0.1" "::1") }}
- {{ printf "config.http.host (%s) cannot be reached by probes; leave it out, or set :: where pods have IPv6 addresses only" .Values.config.http.host | quote }}
{{- end }}
{{- end -}}

{{- define "harbinger.checks.credentials" -}}
{{- $credentials := fromYaml (include "harbinger.credentials" .) -}}
{{- $protocol := $credentials.protocol | default "PLAINTEXT" -}}
{{- $given := dig "security" dict .Values.config.kafka -}}
{{- $byHand := or .Values.worker.extraEnv .Values.worker.extraEnvFrom .Values.monitor.extraEnv .Values.monitor.extraEnvFrom (dig "sasl" "password_file" "" $given) (dig "sasl" "oauth" "client_secret_file" "" $given) -}}
{{- if and (hasPrefix "SASL" $protocol) (not $credentials.sasl) (not $byHand) }}
- {{ printf "kafka.sasl.existingSecret must name the Secret with the credentials: config.kafka.security.protocol is %s" $protocol | quote }}
{{- end }}
{{- if and $credentials.sasl (not (hasPrefix "SASL" $protocol)) }}
- {{ printf "kafka.sasl.existingSecret is of no use: config.kafka.security.protocol is %s, and not SASL_SSL or SASL_PLAINTEXT" $protocol | quote }}
{{- end }}
{{- if and $credentials.sasl (not (dig "sasl" "mechanism" "" $credentials)) }}
- "config.kafka.security.sasl.mechanism must say how: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER"
{{- end }}
{{- with $credentials.sasl }}
{{- if and (ne .mechanism "OAUTHBEARER") (not .username) (not .usernameKey) }}
- "kafka.sasl.usernameKey is empty, so config.kafka.security.sasl.username must say who we are"
{{- end }}
{{- end }}
{{- if and (or $credentials.ca $credentials.client) (not (hasSuffix "SSL" $protocol)) }}
- {{ printf "kafka.tls is of no use: config.kafka.security.protocol is %s, and not SSL or SASL_SSL" $protocol | quote }}
{{- end }}
{{- if and .Values.kafka.tls.ca.existingSecret .Values.kafka.tls.ca.existingConfigMap }}
- "kafka.tls.ca has an existingSecret and an existingConfigMap: one of them must go"
{{- end }}
{{- end -}}

{{/* Everything under config goes into a ConfigMap, which whoever may list pods may often read. */}}
{{- define "harbinger.checks.secrets" -}}
{{- $security := dig "security" dict .Values.config.kafka -}}
{{- $sinks := dig "sinks" dict .Values.config.monitor -}}
{{- if dig "key_password" "" $security }}
- "config.kafka.security.key_password would lie open in a ConfigMap: put it into a Secret (kafka.tls.client.keyPasswordKey)"
{{- end }}
{{- if dig "sasl" "password" "" $security }}
- "config.kafka.security.sasl.password would lie open in a ConfigMap: put it into a Secret (kafka.sasl.existingSecret)"
{{- end }}
{{- if dig "sasl" "oauth" "client_secret" "" $security }}
- "config.kafka.security.sasl.oauth.client_secret would lie open in a ConfigMap: put it into a Secret (kafka.sasl.existingSecret)"
{{- end }}
{{- if dig "webhook" "secret" "" $sinks }}
- "config.monitor.sinks.webhook.secret would lie open in a ConfigMap: put it into a Secret (monitor.sinks.existingSecret)"
{{- end }}
{{- if dig "slack" "secret_url" "" $sinks }}
- "config.monitor.sinks.slack.secret_url would lie open in a ConfigMap: put it into a Secret (monitor.sinks.existingSecret)"
{{- end }}
{{- end -}}

{{- define "harbinger.checks.worker" -}}
{{- $worker := .Values.worker -}}
{{- $partitions := int .Values.config.topics.partitions -}}
{{- $fixed := and $worker.enabled (not $worker.autoscaling.enabled) (not $worker.keda.enabled) -}}
{{- if and $worker.autoscaling.enabled $worker.keda.enabled }}
- "worker.autoscaling.enabled and worker.keda.enabled are both true: two autoscalers would pull at one Deployment"
{{- end }}
{{- if and $fixed (gt (int $worker.replicaCount) $partitions) }}
- {{ printf "worker.replicaCount (%d) exceeds config.topics.partitions (%d): a worker without a partition idles" (int $worker.replicaCount) $partitions | quote }}
{{- end }}
{{- range list "autoscaling" "keda" }}
{{- $scaler := index $worker . }}
{{- if $scaler.enabled }}
{{- if gt (int $scaler.maxReplicas) $partitions }}
- {{ printf "worker.%s.maxReplicas (%d) exceeds config.topics.partitions (%d): a worker without a partition idles" . (int $scaler.maxReplicas) $partitions | quote }}
{{- end }}
{{- if gt (int $scaler.minReplicas) (int $scaler.maxReplicas) }}
- {{ printf "worker.%s.minReplicas (%d) exceeds maxReplicas (%d)" . (int $scaler.minReplicas) (int $scaler.maxReplicas) | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- $fallback := int (dig "fallback" "replicas" 0 $worker.keda) -}}
{{- if and $worker.keda.enabled (gt $fallback (int $worker.keda.maxReplicas)) }}
- {{ printf "worker.keda.fallback.replicas (%d) exceeds maxReplicas (%d)" $fallback (int $worker.keda.maxReplicas) | quote }}
{{- end }}
{{- $budget := int (include "harbinger.drainBudget" .) -}}
{{- if le (int $worker.terminationGracePeriodSeconds) $budget }}
- {{ printf "worker.terminationGracePeriodSeconds (%d) must exceed %d: config.worker.drain_timeout_s (%v) to finish what is under way, config.kafka.session_timeout_ms (%v s) to leave the group, and 10 s to stop the producers" (int $worker.terminationGracePeriodSeconds) $budget .Values.config.worker.drain_timeout_s (divf (float64 .Values.config.kafka.session_timeout_ms) 1000) | quote }}
{{- end }}
{{- if and $worker.podDisruptionBudget.enabled $worker.podDisruptionBudget.minAvailable $worker.podDisruptionBudget.maxUnavailable }}
- "worker.podDisruptionBudget has minAvailable and maxUnavailable: Kubernetes takes one (set the other to null)"
{{- end }}
{{- end -}}

{{/* Seconds that a worker may need to end in good order, rounded up: docs/upgrades.md says of what they are made. */}}
{{- define "harbinger.drainBudget" -}}
{{- $config := .Values.config -}}
{{- ceil (addf (float64 $config.worker.drain_timeout_s) (divf (float64 $config.kafka.session_timeout_ms) 1000) 10) | int -}}
{{- end -}}

{{/* Analysis processes in one pod; 0 when the service will count the node's CPUs. */}}
{{- define "harbinger.processes" -}}
{{- $processes := int .Values.config.worker.processes -}}
{{- $cpu := dig "limits" "cpu" "" .Values.worker.resources -}}
{{- if and (eq $processes 0) $cpu -}}
{{- $processes = ternary (ceil (divf (trimSuffix "m" (toString $cpu) | float64) 1000)) (ceil (float64 $cpu)) (hasSuffix "m" (toString $cpu)) | int -}}
{{- end -}}
{{- $processes -}}
{{- end -}}

{{/* A quantity of memory in MiB, rounded down. */}}
{{- define "harbinger.mebibytes" -}}
{{- $text := toString . -}}
{{- $units := dict "" 1.0 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- $unit := get $units (regexFind "[A-Za-z]*$" $text) | default 1.0 -}}
{{- floor (divf (mulf (regexFind "^[0-9.]+" $text | float64) $unit) 1048576) | int64 -}}
{{- end -}}

{{- define "harbinger.checks.memory" -}}
{{- $processes := int (include "harbinger.processes" .) -}}
{{- $limit := dig "limits" "memory" "" .Values.worker.resources -}}
{{- if and .Values.worker.enabled (eq $processes 0) }}
- "config.worker.processes is 0, so worker.resources.limits.cpu must say how many CPUs, and so processes, a pod has: without it the node's are counted"
{{- else if and .Values.worker.enabled $limit }}
{{- $needed := add (int .Values.worker.memory.baseMiB) (mul $processes (int .Values.worker.memory.processMiB)) -}}
{{- if lt (int64 (include "harbinger.mebibytes" $limit)) (int64 $needed) }}
- {{ printf "worker.resources.limits.memory (%v) is less than %d analysis processes need: %d Mi and %d Mi for each, %d Mi in all" $limit $processes (int .Values.worker.memory.baseMiB) (int .Values.worker.memory.processMiB) $needed | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "harbinger.checks.monitor" -}}
{{- $monitor := .Values.monitor -}}
{{- $partitions := int .Values.config.topics.partitions -}}
{{- if and $monitor.enabled (gt (int $monitor.replicaCount) $partitions) }}
- {{ printf "monitor.replicaCount (%d) exceeds config.topics.partitions (%d): a monitor without a partition idles" (int $monitor.replicaCount) $partitions | quote }}
{{- end }}
{{- if dig "advertised_host" "" .Values.config.monitor }}
- "config.monitor.advertised_host cannot be one for all pods: each advertises its own address"
{{- end }}
{{- if and $monitor.podDisruptionBudget.enabled $monitor.podDisruptionBudget.minAvailable $monitor.podDisruptionBudget.maxUnavailable }}
- "monitor.podDisruptionBudget has minAvailable and maxUnavailable: Kubernetes takes one (set the other to null)"
{{- end }}
{{- if and $monitor.sinks.existingSecret (not (or $monitor.sinks.webhookSecretKey $monitor.sinks.slackUrlKey)) }}
- "monitor.sinks.existingSecret is of no use without webhookSecretKey or slackUrlKey"
{{- end }}
{{- if and (not $monitor.sinks.existingSecret) (or $monitor.sinks.webhookSecretKey $monitor.sinks.slackUrlKey) }}
- "monitor.sinks.existingSecret must name the Secret that webhookSecretKey and slackUrlKey are in"
{{- end }}
{{- if eq .Values.config.monitor.group_id .Values.config.kafka.group_id }}
- "config.monitor.group_id and config.kafka.group_id must be different consumer groups"
{{- end }}
{{- end -}}

{{- define "harbinger.checks.strimzi" -}}
{{- $strimzi := .Values.strimzi -}}
{{- if and (or $strimzi.topics.enabled $strimzi.user.enabled) (not $strimzi.cluster) }}
- "strimzi.cluster must name the Kafka resource that topics and user belong to"
{{- end }}
{{- if and $strimzi.topics.enabled .Values.topicsJob.enabled }}
- "strimzi.topics.enabled and topicsJob.enabled are both true: one of them makes the topics"
{{- end }}
{{- if and $strimzi.user.enabled .Values.topicsJob.enabled }}
- "topicsJob.enabled needs credentials that are there before the release is, and strimzi.user makes them with it: use strimzi.topics"
{{- end }}
{{- if and $strimzi.user.enabled (ne (include "harbinger.strimzi.namespace" .) .Release.Namespace) }}
{{- $named := and (or .Values.kafka.tls.ca.existingSecret .Values.kafka.tls.ca.existingConfigMap) (or .Values.kafka.sasl.existingSecret .Values.kafka.tls.client.existingSecret) }}
{{- if not $named }}
- {{ printf "strimzi.namespace is %s: Secrets of that namespace cannot be mounted in %s. Copy them, and name the copies in kafka.tls.ca and kafka.sasl.existingSecret or kafka.tls.client.existingSecret" $strimzi.namespace .Release.Namespace | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "harbinger.checks.sources" -}}
{{- range $kind, $overrides := .Values.overrides }}
{{- if and $overrides.files $overrides.existingConfigMap }}
- {{ printf "overrides.%s has files and an existingConfigMap: one of them must go" $kind | quote }}
{{- end }}
{{- end }}
{{- if and .Values.monitor.alertRules.rules .Values.monitor.alertRules.existingConfigMap }}
- "monitor.alertRules has rules and an existingConfigMap: one of them must go"
{{- end }}
{{- end -}}
