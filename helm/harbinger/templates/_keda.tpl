{{/* KEDA's parameters that are no secrets, by name. Takes root and credentials. */}}
{{- define "harbinger.keda.literals" -}}
{{- $literals := dict -}}
{{- $oauth := dig "security" "sasl" "oauth" dict .root.Values.config.kafka -}}
{{- with .credentials.sasl -}}
{{- if eq .mechanism "OAUTHBEARER" -}}
{{- with dig "client_id" "" $oauth }}{{- $_ := set $literals "username" . -}}{{- end -}}
{{- with dig "token_endpoint" "" $oauth }}{{- $_ := set $literals "oauthTokenEndpointUri" . -}}{{- end -}}
{{- with dig "scope" "" $oauth }}{{- $_ := set $literals "scopes" (join "," (splitList " " .)) -}}{{- end -}}
{{- else if .username -}}
{{- $_ := set $literals "username" .username -}}
{{- end -}}
{{- end -}}
{{- if $literals }}{{ toYaml $literals }}{{ end -}}
{{- end -}}

{{/* The body of the TriggerAuthentication: the same Secrets that the pods mount. */}}
{{- define "harbinger.keda.parameters" -}}
{{- $secrets := list -}}
{{- $maps := list -}}
{{- range $parameter, $_ := fromYaml (include "harbinger.keda.literals" .) -}}
{{- $maps = append $maps (dict "parameter" $parameter "name" (printf "%s-keda" (include "harbinger.fullname" $.root)) "key" $parameter) -}}
{{- end -}}
{{- with .credentials.sasl -}}
{{- $oauth := eq .mechanism "OAUTHBEARER" -}}
{{- if not (or .username (and $oauth (dig "security" "sasl" "oauth" "client_id" "" $.root.Values.config.kafka))) -}}
{{- $secrets = append $secrets (dict "parameter" "username" "name" .existingSecret "key" (ternary .clientIdKey .usernameKey $oauth)) -}}
{{- end -}}
{{- $secrets = append $secrets (dict "parameter" "password" "name" .existingSecret "key" (ternary .clientSecretKey .passwordKey $oauth)) -}}
{{- end -}}
{{- with .credentials.ca -}}
{{- if .existingConfigMap -}}
{{- $maps = append $maps (dict "parameter" "ca" "name" .existingConfigMap "key" .key) -}}
{{- else -}}
{{- $secrets = append $secrets (dict "parameter" "ca" "name" .existingSecret "key" .key) -}}
{{- end -}}
{{- end -}}
{{- with .credentials.client -}}
{{- $secrets = append $secrets (dict "parameter" "cert" "name" .existingSecret "key" .certKey) -}}
{{- $secrets = append $secrets (dict "parameter" "key" "name" .existingSecret "key" .keyKey) -}}
{{- if .keyPasswordKey -}}
{{- $secrets = append $secrets (dict "parameter" "keyPassword" "name" .existingSecret "key" .keyPasswordKey) -}}
{{- end -}}
{{- end -}}
{{- $body := dict -}}
{{- if $secrets -}}{{- $_ := set $body "secretTargetRef" $secrets -}}{{- end -}}
{{- if $maps -}}{{- $_ := set $body "configMapTargetRef" $maps -}}{{- end -}}
{{- toYaml $body -}}
{{- end -}}
