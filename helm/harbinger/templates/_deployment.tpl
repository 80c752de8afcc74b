{{/* The Deployment of a component. Takes root and component (worker, monitor), whose values have the same shape. */}}
{{- define "harbinger.deployment" -}}
{{- $root := .root -}}
{{- $component := .component -}}
{{- $values := index $root.Values $component -}}
{{- $scaled := and (eq $component "worker") (or $values.autoscaling.enabled $values.keda.enabled) -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "harbinger.fullname" $root }}-{{ $component }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "harbinger.labels" . | nindent 4 }}
  {{- with include "harbinger.annotations" (dict "root" $root "more" $values.annotations) }}{{ . | nindent 2 }}{{- end }}
spec:
  {{- if not $scaled }}
  replicas: {{ $values.replicaCount }}
  {{- end }}
  revisionHistoryLimit: {{ $root.Values.revisionHistoryLimit }}
  minReadySeconds: {{ $values.minReadySeconds }}
  progressDeadlineSeconds: {{ $values.progressDeadlineSeconds }}
  strategy:
    {{- if eq $values.strategy.type "Recreate" }}
    type: Recreate
    {{- else }}
    {{- toYaml $values.strategy | nindent 4 }}
    {{- end }}
  selector:
    matchLabels:
      {{- include "harbinger.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- $more := fromYaml (include "harbinger.tpl" (dict "root" $root "value" $values.podLabels)) }}
        {{- include "harbinger.podLabels" (dict "root" $root "component" $component "more" $more) | nindent 8 }}
      annotations:
        kubectl.kubernetes.io/default-container: {{ $component }}
        # a change of the settings starts new pods; workers take overrides up while they run, a monitor at its start
        checksum/settings: {{ include "harbinger.settings" . | sha256sum }}
        {{- if eq $component "monitor" }}
        {{- with $values.alertRules.rules }}
        checksum/alert-rules: {{ toYaml . | sha256sum }}
        {{- end }}
        {{- $overrides := $root.Values.overrides }}
        {{- with mustMerge (pick $overrides.knowledge.files "countries.csv" "igos.csv") (pick $overrides.lexicon.files "scoring.yaml") }}
        checksum/overrides: {{ toYaml . | sha256sum }} # the overrides that a monitor reads
        {{- end }}
        {{- end }}
        {{- with $values.podAnnotations }}
        {{- include "harbinger.tpl" (dict "root" $root "value" .) | nindent 8 }}
        {{- end }}
    spec:
      {{- include "harbinger.pod" $root | nindent 6 }}
      terminationGracePeriodSeconds: {{ $values.terminationGracePeriodSeconds }}
      {{- with $values.priorityClassName }}
      priorityClassName: {{ . }}
      {{- end }}
      {{- with $values.nodeSelector }}
      nodeSelector:
        {{- include "harbinger.tpl" (dict "root" $root "value" .) | nindent 8 }}
      {{- end }}
      {{- with $values.affinity }}
      affinity:
        {{- include "harbinger.tpl" (dict "root" $root "value" .) | nindent 8 }}
      {{- end }}
      {{- with $values.tolerations }}
      tolerations:
        {{- include "harbinger.tpl" (dict "root" $root "value" .) | nindent 8 }}
      {{- end }}
      {{- with $values.topologySpreadConstraints }}
      topologySpreadConstraints:
        {{- range . }}
        - {{ include "harbinger.spread" (dict "root" $root "component" $component "constraint" .) | nindent 10 | trim }}
        {{- end }}
      {{- end }}
      {{- with $values.initContainers }}
      initContainers:
        {{- include "harbinger.tpl" (dict "root" $root "value" .) | nindent 8 }}
      {{- end }}
      containers:
        - name: {{ $component }}
          {{- include "harbinger.container" $root | nindent 10 }}
          args: [{{ $component }}]
          env:
            - name: HARBINGER_CONFIG
              value: /etc/harbinger/settings/settings.yaml
            {{- if eq $component "monitor" }}
            - name: HARBINGER_MONITOR__ADVERTISED_HOST # where the other monitors ask it for its pairs
              valueFrom:
                fieldRef:
                  fieldPath: status.podIP
            {{- end }}
            {{- with $values.extraEnv }}
            {{- include "harbinger.tpl" (dict "root" $root "value" .) | nindent 12 }}
            {{- end }}
          {{- with $values.extraEnvFrom }}
          envFrom:
            {{- include "harbinger.tpl" (dict "root" $root "value" .) | nindent 12 }}
          {{- end }}
          ports:
            - name: http
              containerPort: {{ int $root.Values.config.http.port }}
              protocol: TCP
          startupProbe:
            {{- include "harbinger.probe" (dict "path" "/livez" "timing" $values.startupProbe) | nindent 12 }}
          livenessProbe:
            {{- include "harbinger.probe" (dict "path" "/livez" "timing" $values.livenessProbe) | nindent 12 }}
          readinessProbe:
            {{- include "harbinger.probe" (dict "path" "/readyz" "timing" $values.readinessProbe) | nindent 12 }}
          resources:
            {{- toYaml $values.resources | nindent 12 }}
          volumeMounts:
            {{- include "harbinger.mounts" . | nindent 12 }}
            {{- with $values.extraVolumeMounts }}
            {{- include "harbinger.tpl" (dict "root" $root "value" .) | nindent 12 }}
            {{- end }}
        {{- with $values.extraContainers }}
        {{- include "harbinger.tpl" (dict "root" $root "value" .) | nindent 8 }}
        {{- end }}
      volumes:
        {{- include "harbinger.volumes" . | nindent 8 }}
        {{- with $values.extraVolumes }}
        {{- include "harbinger.tpl" (dict "root" $root "value" .) | nindent 8 }}
        {{- end }}
{{- end -}}

{{/* A topology spread constraint; without a selector of its own it counts the pods of the component. */}}
{{- define "harbinger.spread" -}}
{{- $constraint := deepCopy .constraint -}}
{{- if not $constraint.labelSelector -}}
{{- $_ := set $constraint "labelSelector" (dict "matchLabels" (fromYaml (include "harbinger.selector" .))) -}}
{{- end -}}
{{- toYaml $constraint -}}
{{- end -}}

{{- define "harbinger.probe" -}}
httpGet:
  path: {{ .path }}
  port: http
{{- with .timing }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What every pod of ours has, hooks included: no token, no links, the security context. */}}
{{- define "harbinger.pod" -}}
{{- with .Values.imagePullSecrets -}}
imagePullSecrets:
  {{- range . }}
  - name: {{ if kindIs "map" . }}{{ .name }}{{ else }}{{ . }}{{ end }}
  {{- end }}
{{ end -}}
serviceAccountName: {{ include "harbinger.serviceAccountName" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- end -}}

{{- define "harbinger.container" -}}
image: {{ include "harbinger.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
{{- end -}}

{{/*
Folders, never subPath: only a whole folder follows its ConfigMap when that changes. Takes root and component (worker, monitor, topics).
*/}}
{{- define "harbinger.mounts" -}}
- name: settings
  mountPath: /etc/harbinger/settings
  readOnly: true
{{- if include "harbinger.credentials.sources" .root }}
- name: kafka-credentials
  mountPath: /etc/harbinger/kafka
  readOnly: true
{{- end }}
{{- if ne .component "topics" }}
{{- range $kind := list "knowledge" "lexicon" }}
{{- if include "harbinger.overrides.name" (dict "root" $.root "kind" $kind) }}
- name: {{ $kind }}
  mountPath: /etc/harbinger/{{ $kind }}
  readOnly: true
{{- end }}
{{- end }}
{{- end }}
{{- if eq .component "monitor" }}
{{- if include "harbinger.alertRules.name" .root }}
- name: alert-rules
  mountPath: /etc/harbinger/alert-rules
  readOnly: true
{{- end }}
{{- if .root.Values.monitor.sinks.existingSecret }}
- name: sinks
  mountPath: /etc/harbinger/sinks
  readOnly: true
{{- end }}
- name: data
  mountPath: {{ dig "data_dir" "/var/lib/harbinger" .root.Values.config.monitor }}
{{- end }}
- name: tmp
  mountPath: /tmp
{{- end -}}

{{/* The volumes of these mounts. */}}
{{- define "harbinger.volumes" -}}
- name: settings
  configMap:
    name: {{ include "harbinger.fullname" .root }}-{{ .component }}
{{- with include "harbinger.credentials.sources" .root }}
- name: kafka-credentials
  projected:
    defaultMode: 0440
    sources:
      {{- . | trim | nindent 6 }}
{{- end }}
{{- if ne .component "topics" }}
{{- range $kind := list "knowledge" "lexicon" }}
{{- with include "harbinger.overrides.name" (dict "root" $.root "kind" $kind) }}
- name: {{ $kind }}
  configMap:
    name: {{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- if eq .component "monitor" }}
{{- with include "harbinger.alertRules.name" .root }}
- name: alert-rules
  configMap:
    name: {{ . }}
{{- end }}
{{- with .root.Values.monitor.sinks }}
{{- if .existingSecret }}
- name: sinks
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      {{- with .webhookSecretKey }}
      - {key: {{ . | quote }}, path: webhook-secret}
      {{- end }}
      {{- with .slackUrlKey }}
      - {key: {{ . | quote }}, path: slack-url}
      {{- end }}
{{- end }}
{{- end }}
- name: data
  emptyDir:
    sizeLimit: {{ .root.Values.monitor.dataSizeLimit }}
{{- end }}
- name: tmp
  emptyDir:
    sizeLimit: {{ (index .root.Values (ternary "worker" .component (eq .component "topics"))).tmpSizeLimit }}
{{- end -}}
