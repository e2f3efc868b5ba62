/**
 * The keys of Kubernetes' API at each place of a CronJob (batch/v1 of Kubernetes 1.37), in four kinds: those that are
 * translated, those that say nothing about a run, those that are inert with one value, and those that are left out.
 */
export interface KnownKeys {
  readonly translated: readonly string[];
  /** They say nothing about a run, whatever their value. */
  readonly inert?: readonly string[];
  /** They are Kubernetes' default with this value, and left out with a finding otherwise. */
  readonly inertWith?: Readonly<Record<string, string>>;
  /** They are left out with a finding. */
  readonly leftOut?: readonly string[];
}

const words = (text: string) => text.split(" ");

export const OBJECT_KEYS: KnownKeys = {
  translated: words("apiVersion kind metadata spec"),
  inert: ["status"],
};

const BOOKKEEPING = words(
  "uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds managedFields selfLink ownerReferences finalizers clusterName namespace generateName",
);

export const METADATA_KEYS: KnownKeys = { translated: words("name labels annotations"), inert: BOOKKEEPING };

export const CRON_JOB_KEYS: KnownKeys = {
  translated: words(
    "schedule timeZone concurrencyPolicy startingDeadlineSeconds suspend successfulJobsHistoryLimit failedJobsHistoryLimit jobTemplate",
  ),
};

export const JOB_TEMPLATE_KEYS: KnownKeys = { translated: words("metadata spec") };

export const JOB_KEYS: KnownKeys = {
  translated: words(
    "template backoffLimit activeDeadlineSeconds ttlSecondsAfterFinished parallelism completions completionMode podFailurePolicy backoffLimitPerIndex maxFailedIndexes successPolicy suspend",
  ),
  inert: words("selector manualSelector"),
  inertWith: { podReplacementPolicy: "TerminatingOrFailed", managedBy: "kubernetes.io/job-controller" },
};

export const POD_TEMPLATE_KEYS: KnownKeys = { translated: words("metadata spec") };

export const POD_KEYS: KnownKeys = {
  translated: words(
    "containers initContainers volumes restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy dnsConfig nodeSelector serviceAccountName serviceAccount automountServiceAccountToken hostNetwork hostPID hostIPC securityContext imagePullSecrets hostname hostAliases runtimeClassName affinity tolerations nodeName",
  ),
  inert: words("enableServiceLinks shareProcessNamespace ephemeralContainers os preemptionPolicy overhead priority"),
  inertWith: { schedulerName: "default-scheduler", hostUsers: "true", setHostnameAsFQDN: "false" },
  leftOut: words(
    "subdomain priorityClassName topologySpreadConstraints readinessGates schedulingGates resourceClaims resources hostnameOverride schedulingGroup workloadRef",
  ),
};

export const CONTAINER_KEYS: KnownKeys = {
  translated: words(
    "name image command args workingDir env envFrom resources volumeMounts volumeDevices imagePullPolicy securityContext tty lifecycle",
  ),
  inert: words("ports terminationMessagePath terminationMessagePolicy readinessProbe startupProbe stdinOnce"),
  inertWith: { stdin: "false" },
  leftOut: words("livenessProbe resizePolicy restartPolicy restartPolicyRules"),
};
