# Written by `make module` from infra/gcp; change it there.

variable "project" {
  description = "Project id."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project: takes a project id, 6 to 30 lower-case letters, digits and -; one with a domain (example.com:project) is not supported."
  }
}

variable "region" {
  description = "Region of everything but receivers."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region: takes a region, as us-central1."
  }
}

variable "receiver_regions" {
  description = "Regions with a receiver; senders are told the first. By default the region."
  type        = list(string)
  default     = null
  nullable    = true

  validation {
    condition     = var.receiver_regions == null ? true : length(var.receiver_regions) >= 1
    error_message = "receiver_regions: is empty."
  }

  validation {
    condition     = var.receiver_regions == null ? true : alltrue([for one in var.receiver_regions : can(regex("^[a-z]+-[a-z]+[0-9]+$", one))])
    error_message = "receiver_regions: takes a region, as us-central1."
  }
}

variable "dataset_location" {
  description = "Location of datasets and buckets, which cannot be moved. By default the region."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition     = var.dataset_location == null ? true : can(regex("^(US|EU|[a-z]+-[a-z]+[0-9]+)$", var.dataset_location))
    error_message = "dataset_location: takes US, EU or a region."
  }
}

variable "dataset" {
  description = "Dataset id. By default the prefix, with _ for -."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition     = var.dataset == null ? true : can(regex("^[A-Za-z0-9_]+$", var.dataset))
    error_message = "dataset: takes letters, digits and _."
  }

  validation {
    condition     = var.dataset == null ? true : length(var.dataset) <= 1016
    error_message = "dataset: takes up to 1016 characters."
  }

  validation {
    condition     = var.dataset != null || !endswith(var.prefix, "-staging")
    error_message = "dataset: the dataset of a prefix that ends in -staging would be that of another prefix's staging tables: name one in dataset."
  }
}

variable "prefix" {
  description = "Prefix of every other name: two prefixes in one project share nothing."
  type        = string
  default     = "pullhouse"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.prefix))
    error_message = "prefix: takes 3 to 20 lower-case letters, digits and -."
  }

  validation {
    condition     = !can(regex("^goog|g[o0]{2}gle", var.prefix))
    error_message = "prefix: takes nothing that looks like google: Cloud Storage refuses it in a bucket's name."
  }

  validation {
    condition     = !can(regex("-(archive|dead-letter)$", var.prefix))
    error_message = "prefix: takes nothing that ends in -archive or -dead-letter: another prefix may have such a bucket."
  }
}

variable "queue_suffix" {
  description = "Suffix of queues and of the loader's role, whose names are blocked for a time once they are deleted."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9]{0,8}$", var.queue_suffix))
    error_message = "queue_suffix: takes up to 8 lower-case letters and digits."
  }

  validation {
    condition     = !can(regex("^(drain|load|loader|rollup)$", var.queue_suffix))
    error_message = "queue_suffix: takes neither drain, load, loader nor rollup: another prefix may have such a queue or role."
  }
}

variable "labels" {
  description = "Labels of everything that can carry some."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.labels) : can(regex("^[a-z][a-z0-9_-]{0,62}$", name))])
    error_message = "labels: takes lower-case names of labels."
  }

  validation {
    condition     = alltrue([for value in values(var.labels) : can(regex("^[a-z0-9_-]{0,63}$", value))])
    error_message = "labels: takes lower-case letters, digits, _ and -."
  }
}

variable "chainguard_groups" {
  description = "Ids (UIDP) of the Chainguard groups whose events are taken."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for one in var.chainguard_groups : can(regex("^[0-9a-f]{40}(\\/[0-9a-f]{16})*$", one))])
    error_message = "chainguard_groups: takes ids (UIDP) of groups."
  }

  validation {
    condition     = length(var.chainguard_groups) > 0 || length(setsubtract(var.secrets, ["PRIVACY_KEY"])) > 0
    error_message = "chainguard_groups: no sender may post: name chainguard_groups, or a sender's credentials in secrets."
  }
}

variable "secrets" {
  description = "Variables of the receiver whose values are in Secret Manager; the secrets are made empty."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for one in var.secrets : contains(["ZOT_TOKENS", "ZOT_BASIC", "MSR_SECRETS", "MSR_BASIC", "HARBOR_AUTHORIZATION", "DISTRIBUTION_AUTHORIZATION", "PRIVACY_KEY"], one)])
    error_message = "secrets: takes ZOT_TOKENS, ZOT_BASIC, MSR_SECRETS, MSR_BASIC, HARBOR_AUTHORIZATION, DISTRIBUTION_AUTHORIZATION, PRIVACY_KEY."
  }
}

variable "secret_locations" {
  description = "Regions in which Secret Manager keeps the secrets. By default everywhere."
  type        = list(string)
  default     = null
  nullable    = true

  validation {
    condition     = var.secret_locations == null ? true : length(var.secret_locations) >= 1
    error_message = "secret_locations: is empty."
  }

  validation {
    condition     = var.secret_locations == null ? true : alltrue([for one in var.secret_locations : can(regex("^[a-z]+-[a-z]+[0-9]+$", one))])
    error_message = "secret_locations: takes a region, as us-central1."
  }
}

variable "settings" {
  description = "Further variables of the services (docs/operate/configuration.md)."
  type        = object({ all = optional(map(string), {}), receiver = optional(map(string), {}), batcher = optional(map(string), {}), loader = optional(map(string), {}) })
  default     = { all = {}, receiver = {}, batcher = {}, loader = {} }
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.settings.all) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "settings: all takes names of variables."
  }

  validation {
    condition     = alltrue([for name in keys(var.settings.receiver) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "settings: receiver takes names of variables."
  }

  validation {
    condition     = alltrue([for name in keys(var.settings.batcher) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "settings: batcher takes names of variables."
  }

  validation {
    condition     = alltrue([for name in keys(var.settings.loader) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "settings: loader takes names of variables."
  }

  validation {
    condition     = length(setintersection(flatten([for service in values(var.settings) : keys(service)]), ["GOOGLE_CLOUD_PROJECT", "GOOGLE_CLOUD_LOCATION", "GCS_BUCKET", "BATCHER_URL", "LOADER_URL", "TASKS_QUEUE_DRAIN", "TASKS_QUEUE_LOAD", "TASKS_QUEUE_ROLLUP", "TASKS_SERVICE_ACCOUNT", "PUBSUB_TOPIC", "PUBSUB_SUBSCRIPTION", "BIGQUERY_DATASET", "BIGQUERY_STAGING_DATASET", "BIGQUERY_LOCATION", "CHAINGUARD_GROUP", "WINDOW_SECONDS", "HOST", "PORT"])) == 0
    error_message = "settings: has a variable that is set by the module itself."
  }

  validation {
    condition     = length(setintersection(flatten([for service in values(var.settings) : keys(service)]), ["ZOT_TOKENS", "ZOT_BASIC", "MSR_SECRETS", "MSR_BASIC", "HARBOR_AUTHORIZATION", "DISTRIBUTION_AUTHORIZATION", "PRIVACY_KEY"])) == 0
    error_message = "settings: has a secret, which belongs in Secret Manager: name it in secrets."
  }
}

variable "window_seconds" {
  description = "The longest that an event waits for its drain; drains come in halves and quarters of it where many events come."
  type        = number
  default     = 40
  nullable    = false

  validation {
    condition     = var.window_seconds >= 10 && var.window_seconds <= 3600
    error_message = "window_seconds: takes 10 to 3600."
  }
}

variable "ingress" {
  description = "With load-balancer only a load balancer can reach the receiver; all by default."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition     = var.ingress == null ? true : contains(["all", "load-balancer"], var.ingress)
    error_message = "ingress: takes all, load-balancer."
  }
}

variable "public_access" {
  description = "How senders get past Cloud Run's IAM: all users may invoke the receiver, or nobody is asked."
  type        = string
  default     = "all-users"
  nullable    = false

  validation {
    condition     = contains(["all-users", "no-invoker-check"], var.public_access)
    error_message = "public_access: takes all-users, no-invoker-check."
  }
}

variable "max_receivers" {
  description = "Instances of the receiver in each region."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.max_receivers >= 1 && var.max_receivers <= 1000 && floor(var.max_receivers) == var.max_receivers
    error_message = "max_receivers: takes 1 to 1000."
  }
}

variable "events_per_day" {
  description = "Events a day, as expected: what receivers are made of follows from it, and with that what they cost. By default as for few."
  type        = number
  default     = null
  nullable    = true

  validation {
    condition     = var.events_per_day == null ? true : var.events_per_day >= 0 && var.events_per_day <= 1000000000 && floor(var.events_per_day) == var.events_per_day
    error_message = "events_per_day: takes 0 to 1000000000."
  }
}

variable "retention" {
  description = "Days after which objects move to a colder class, or objects and rows are deleted; null is never."
  type        = object({ events = optional(object({ nearline_after_days = optional(number, null), coldline_after_days = optional(number, null), archive_after_days = optional(number, null), delete_after_days = optional(number, null) }), {}), quarantine_delete_after_days = optional(number, null), dead_letters_delete_after_days = optional(number, null), rows_delete_after_days = optional(number, null), soft_delete_days = optional(number, 0), locked_archive_days = optional(number, null) })
  default     = {}
  nullable    = false

  validation {
    condition     = var.retention.events.nearline_after_days == null ? true : var.retention.events.nearline_after_days >= 1 && var.retention.events.nearline_after_days <= 36500 && floor(var.retention.events.nearline_after_days) == var.retention.events.nearline_after_days
    error_message = "retention: events nearline_after_days takes 1 to 36500."
  }

  validation {
    condition     = var.retention.events.coldline_after_days == null ? true : var.retention.events.coldline_after_days >= 1 && var.retention.events.coldline_after_days <= 36500 && floor(var.retention.events.coldline_after_days) == var.retention.events.coldline_after_days
    error_message = "retention: events coldline_after_days takes 1 to 36500."
  }

  validation {
    condition     = var.retention.events.archive_after_days == null ? true : var.retention.events.archive_after_days >= 1 && var.retention.events.archive_after_days <= 36500 && floor(var.retention.events.archive_after_days) == var.retention.events.archive_after_days
    error_message = "retention: events archive_after_days takes 1 to 36500."
  }

  validation {
    condition     = var.retention.events.delete_after_days == null ? true : var.retention.events.delete_after_days >= 31 && var.retention.events.delete_after_days <= 36500 && floor(var.retention.events.delete_after_days) == var.retention.events.delete_after_days
    error_message = "retention: events delete_after_days takes 31 days or more: what an outage holds up is not in its table before."
  }

  validation {
    condition     = var.retention.quarantine_delete_after_days == null ? true : var.retention.quarantine_delete_after_days >= 31 && var.retention.quarantine_delete_after_days <= 36500 && floor(var.retention.quarantine_delete_after_days) == var.retention.quarantine_delete_after_days
    error_message = "retention: quarantine_delete_after_days takes 31 days or more: what an outage holds up is not in its table before."
  }

  validation {
    condition     = var.retention.dead_letters_delete_after_days == null ? true : var.retention.dead_letters_delete_after_days >= 31 && var.retention.dead_letters_delete_after_days <= 36500 && floor(var.retention.dead_letters_delete_after_days) == var.retention.dead_letters_delete_after_days
    error_message = "retention: dead_letters_delete_after_days takes 31 days or more: what an outage holds up is not in its table before."
  }

  validation {
    condition     = var.retention.rows_delete_after_days == null ? true : var.retention.rows_delete_after_days >= 31 && var.retention.rows_delete_after_days <= 36500 && floor(var.retention.rows_delete_after_days) == var.retention.rows_delete_after_days
    error_message = "retention: rows_delete_after_days takes 31 days or more: what an outage holds up is not in its table before."
  }

  validation {
    condition     = var.retention.soft_delete_days == 0 || (var.retention.soft_delete_days >= 7 && var.retention.soft_delete_days <= 90 && floor(var.retention.soft_delete_days) == var.retention.soft_delete_days)
    error_message = "retention: soft_delete_days takes 7 to 90, or 0."
  }

  validation {
    condition     = var.retention.locked_archive_days == null ? true : var.retention.locked_archive_days >= 1 && var.retention.locked_archive_days <= 36500 && floor(var.retention.locked_archive_days) == var.retention.locked_archive_days
    error_message = "retention: locked_archive_days takes 1 to 36500."
  }

  validation {
    condition     = alltrue([for index, step in [for step in [var.retention.events.nearline_after_days, var.retention.events.coldline_after_days, var.retention.events.archive_after_days, var.retention.events.delete_after_days] : step if step != null] : index == 0 || step > [for step in [var.retention.events.nearline_after_days, var.retention.events.coldline_after_days, var.retention.events.archive_after_days, var.retention.events.delete_after_days] : step if step != null][max(index - 1, 0)]])
    error_message = "retention: events: each step takes more days than the one before."
  }
}

variable "encryption_key" {
  description = "Key of Cloud KMS for buckets, topics, datasets and images. By default Google's."
  type        = string
  default     = null
  nullable    = true

  validation {
    condition     = var.encryption_key == null ? true : can(regex("^projects\\/[^/]+\\/locations\\/[^/]+\\/keyRings\\/[^/]+\\/cryptoKeys\\/[^/]+$", var.encryption_key))
    error_message = "encryption_key: takes projects/…/locations/…/keyRings/…/cryptoKeys/…."
  }

  validation {
    condition     = var.encryption_key == null || alltrue([for place in [var.region, coalesce(var.dataset_location, var.region)] : place == try(split("/", var.encryption_key)[3], "")])
    error_message = "encryption_key: region and dataset_location must be the location of encryption_key."
  }
}

variable "deletion_protection" {
  description = "Tables, dataset and buckets with content cannot be destroyed."
  type        = bool
  default     = true
  nullable    = false
}

variable "alerts" {
  description = "Alert policies: logs has two, on log lines; metrics has nine, which also watch the age of Pub/Sub's messages and failed calls of the queues; false has none."
  type        = string
  default     = "logs"
  nullable    = false

  validation {
    condition     = (contains(["logs", "metrics", "true", "false"], var.alerts))
    error_message = "alerts: takes logs, metrics, true, false."
  }
}

variable "notification_channels" {
  description = "Who is told, projects/…/notificationChannels/…"
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for one in var.notification_channels : can(regex("^projects\\/[^/]+\\/notificationChannels\\/\\d+$", one))])
    error_message = "notification_channels: takes projects/…/notificationChannels/…."
  }
}

variable "image" {
  description = "Image of the services with its digest, REGION-docker.pkg.dev/PROJECT/REPOSITORY/NAME@sha256:…"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "The image must be pinned by its digest: a tag can be moved to another image."
  }
}
