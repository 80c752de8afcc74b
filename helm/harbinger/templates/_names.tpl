{{/* The chart's name, or what nameOverride says. */}}
{{- define "harbinger.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Start of every object's name: 45 characters at most, so that every suffix fits into the 63 of a DNS label. */}}
{{- define "harbinger.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 45 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "harbinger.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 45 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 45 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels of every object. Takes root and, for what belongs to one of them, component. */}}
{{- define "harbinger.labels" -}}
{{- $chart := printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" -}}
{{- $ours := dict "helm.sh/chart" $chart "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- toYaml (mustMerge $ours (fromYaml (include "harbinger.podLabels" .))) -}}
{{- end -}}

{{/* Labels of pods: without the chart's version, so that a new chart alone starts no new pods. Takes "more", too. */}}
{{- define "harbinger.podLabels" -}}
{{- $labels := fromYaml (include "harbinger.selector" .) -}}
{{- $_ := set $labels "app.kubernetes.io/version" (.root.Values.image.tag | default .root.Chart.AppVersion | replace "+" "_" | trunc 63) -}}
{{- $_ := set $labels "app.kubernetes.io/part-of" "harbinger" -}}
{{- toYaml (mustMerge $labels (.more | default dict) .root.Values.commonLabels) -}}
{{- end -}}

{{/* Labels that select the pods of one component, or without one those of all. They never change, for a Deployment's selector cannot. */}}
{{- define "harbinger.selector" -}}
app.kubernetes.io/name: {{ include "harbinger.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/* Annotations of every object, and those given as "more". */}}
{{- define "harbinger.annotations" -}}
{{- $all := merge (dict) (.more | default dict) .root.Values.commonAnnotations -}}
{{- if $all }}
annotations:
  {{- toYaml $all | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "harbinger.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "harbinger.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "harbinger.image" -}}
{{- $image := .Values.image -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository ($image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/* A value that may hold templates, as YAML. Takes root and value. */}}
{{- define "harbinger.tpl" -}}
{{- tpl (toYaml .value) .root -}}
{{- end -}}
