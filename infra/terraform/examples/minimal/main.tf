# Three settings and an image.
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
  chainguard_groups = ["45a0c61ea6fd977f050c5fb9ac06a69eed764595"]
  image             = var.image
}

output "webhook_url" {
  value = module.pullhouse.webhook_url
}
