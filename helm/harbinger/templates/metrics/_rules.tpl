{{/*
Groups of rules without the alerts that are switched off, with further labels, and with the runbooks' address. Takes values
(metrics.prometheusRule) and groups.
*/}}
{{- define "harbinger.rules" -}}
{{- $values := .values -}}
{{- $groups := list -}}
{{- range $group := .groups -}}
{{- $rules := list -}}
{{- range $rule := $group.rules -}}
{{- if not (has $rule.alert $values.disabled) -}}
{{- if $rule.alert -}}
{{- with $values.alertLabels -}}
{{- $_ := set $rule "labels" (mustMergeOverwrite (dict) ($rule.labels | default dict) .) -}}
{{- end -}}
{{- with $values.runbookBaseUrl -}}
{{- $_ := set $rule.annotations "runbook_url" (printf "%s/%s" (trimSuffix "/" .) (base $rule.annotations.runbook_url)) -}}
{{- end -}}
{{- end -}}
{{- $rules = append $rules $rule -}}
{{- end -}}
{{- end -}}
{{- if $rules -}}
{{- $groups = append $groups (mustMerge (dict "rules" $rules) (omit $group "rules")) -}}
{{- end -}}
{{- end -}}
groups:
  {{- toYaml $groups | nindent 2 }}
{{- end -}}
