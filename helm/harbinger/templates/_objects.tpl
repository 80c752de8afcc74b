{{/* Objects that worker and monitor both have. All take root and component. */}}

{{- define "harbinger.pdb" -}}
{{- $budget := (index .root.Values .component).podDisruptionBudget -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "harbinger.fullname" .root }}-{{ .component }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "harbinger.labels" . | nindent 4 }}
  {{- with include "harbinger.annotations" (dict "root" .root) }}{{ . | nindent 2 }}{{- end }}
spec:
  {{- if $budget.minAvailable }}
  minAvailable: {{ $budget.minAvailable }}
  {{- else }}
  maxUnavailable: {{ $budget.maxUnavailable }}
  {{- end }}
  {{- with $budget.unhealthyPodEvictionPolicy }}
  unhealthyPodEvictionPolicy: {{ . }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "harbinger.selector" . | nindent 6 }}
{{- end -}}

{{/* The settings of one component as a file. */}}
{{- define "harbinger.configmap" -}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "harbinger.fullname" .root }}-{{ .component }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "harbinger.labels" . | nindent 4 }}
  {{- with include "harbinger.annotations" (dict "root" .root "more" .annotations) }}{{ . | nindent 2 }}{{- end }}
data:
  settings.yaml: |
    # Made by the chart: config, and what follows from other values. `harbinger config --sources` shows all that is in force.
    {{- include "harbinger.settings" . | nindent 4 }}
{{- end -}}

{{/* Name lookups: everybody needs them. */}}
{{- define "harbinger.egress.dns" -}}
- ports:
    - {port: 53, protocol: UDP}
    - {port: 53, protocol: TCP}
  {{- with .Values.networkPolicy.dns.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Kafka: the ports of the bootstrap servers, unless networkPolicy.kafka.ports names those that the brokers advertise. */}}
{{- define "harbinger.egress.kafka" -}}
{{- $ports := .Values.networkPolicy.kafka.ports -}}
{{- if not $ports -}}
{{- range splitList "," (include "harbinger.bootstrapServers" .) -}}
{{- $ports = append $ports (regexFind "[0-9]+$" (trim .)) -}}
{{- end -}}
{{- end -}}
- ports:
    {{- range uniq (without $ports "") | default (list 9092) }}
    - {port: {{ int . }}, protocol: TCP}
    {{- end }}
  {{- with .Values.networkPolicy.kafka.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* What a component asks over HTTP: token endpoint, collector of traces, and of the monitor the sinks. */}}
{{- define "harbinger.egress.http" -}}
{{- $config := .root.Values.config -}}
{{- $urls := list (dig "security" "sasl" "oauth" "token_endpoint" "" $config.kafka) -}}
{{- if dig "tracing" "enabled" false $config -}}
{{- $urls = append $urls (dig "tracing" "endpoint" "http://localhost:4318" $config) -}}
{{- end -}}
{{- if eq .component "monitor" -}}
{{- $urls = append $urls (dig "sinks" "alertmanager" "url" "" $config.monitor) -}}
{{- $urls = append $urls (dig "sinks" "webhook" "url" "" $config.monitor) -}}
{{- if .root.Values.monitor.sinks.slackUrlKey -}}
{{- $urls = append $urls "https://slack" -}}
{{- end -}}
{{- end -}}
{{- $ports := list -}}
{{- range without $urls "" -}}
{{- $url := urlParse . -}}
{{- $ports = append $ports (regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (ternary "443" "80" (eq $url.scheme "https"))) -}}
{{- end -}}
{{- if $ports -}}
- ports:
    {{- range uniq $ports }}
    - {port: {{ int . }}, protocol: TCP}
    {{- end }}
  {{- with .root.Values.networkPolicy.http.to }}
  to:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
{{- end -}}

{{- define "harbinger.networkPolicy" -}}
{{- $root := .root -}}
{{- $policy := .root.Values.networkPolicy -}}
{{- $port := int .root.Values.config.http.port -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "harbinger.fullname" .root }}-{{ .component }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "harbinger.labels" . | nindent 4 }}
  {{- with include "harbinger.annotations" (dict "root" .root) }}{{ . | nindent 2 }}{{- end }}
spec:
  podSelector:
    matchLabels:
      {{- include "harbinger.selector" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  ingress:
    {{- with $policy.prometheus.from }}
    - from: # metrics
        {{- toYaml . | nindent 8 }}
      ports:
        - {port: {{ $port }}, protocol: TCP}
    {{- end }}
    - from: # helm test
        - podSelector:
            matchLabels:
              {{- include "harbinger.selector" (dict "root" $root "component" "test") | nindent 14 }}
      ports:
        - {port: {{ $port }}, protocol: TCP}
    {{- if eq .component "monitor" }}
    - from: # the other monitors
        - podSelector:
            matchLabels:
              {{- include "harbinger.selector" . | nindent 14 }}
      ports:
        - {port: {{ $port }}, protocol: TCP}
    {{- with $policy.views.from }}
    - from: # who looks at pairs and alerts
        {{- toYaml . | nindent 8 }}
      ports:
        - {port: {{ $port }}, protocol: TCP}
    {{- end }}
    {{- end }}
    {{- with $policy.extraIngress }}
    {{- include "harbinger.tpl" (dict "root" $root "value" .) | nindent 4 }}
    {{- end }}
  egress:
    {{- include "harbinger.egress.dns" $root | nindent 4 }}
    {{- include "harbinger.egress.kafka" $root | nindent 4 }}
    {{- with include "harbinger.egress.http" . }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- if eq .component "monitor" }}
    - to: # the other monitors
        - podSelector:
            matchLabels:
              {{- include "harbinger.selector" . | nindent 14 }}
      ports:
        - {port: {{ $port }}, protocol: TCP}
    {{- end }}
    {{- with $policy.extraEgress }}
    {{- include "harbinger.tpl" (dict "root" $root "value" .) | nindent 4 }}
    {{- end }}
{{- end -}}
