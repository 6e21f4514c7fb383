# Every variable once.
terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50, < 8"
    }
  }
}

provider "google" {
  project               = "acme-registry-events"
  region                = "us-central1"
  user_project_override = true
  billing_project       = "acme-registry-events"
}

variable "image" {
  description = "Image of the services with its digest"
  type        = string
}

module "pullhouse" {
  source = "../.."

  project           = "acme-registry-events"
  region            = "us-central1"
  receiver_regions  = ["us-central1", "europe-west1"]
  dataset_location  = "us-central1"
  dataset           = "registry_events"
  prefix            = "pullhouse"
  queue_suffix      = "b"
  labels            = { team = "platform" }
  chainguard_groups = ["45a0c61ea6fd977f050c5fb9ac06a69eed764595"]
  secrets           = ["ZOT_TOKENS", "PRIVACY_KEY"]
  secret_locations  = ["us-central1", "us-east1"]
  settings = {
    receiver = { MAX_IN_FLIGHT = "64" }
  }
  window_seconds = 30
  ingress        = "load-balancer"
  public_access  = "no-invoker-check"
  max_receivers  = 40
  retention = {
    events = {
      nearline_after_days = 90
      delete_after_days   = 400
    }
    quarantine_delete_after_days   = 400
    dead_letters_delete_after_days = 400
    rows_delete_after_days         = 800
    soft_delete_days               = 7
    locked_archive_days            = 365
  }
  encryption_key        = "projects/acme-keys/locations/us-central1/keyRings/pullhouse/cryptoKeys/events"
  deletion_protection   = true
  alerts                = "logs"
  notification_channels = ["projects/acme-registry-events/notificationChannels/17"]
  image                 = var.image
}

output "environment" {
  value = module.pullhouse.environment
}
