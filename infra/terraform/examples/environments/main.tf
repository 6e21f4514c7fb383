# Two deployments from one root: each has a prefix, and with it names of its own.
terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50, < 8"
    }
  }
}

provider "google" {
  region                = "europe-west1"
  user_project_override = true
  billing_project       = "acme-registry-events"
}

variable "images" {
  description = "Image of the services with its digest, by environment"
  type        = map(string)
}

locals {
  environments = {
    pullhouse-dev = {
      project = "acme-registry-events"
      group   = "45a0c61ea6fd977f050c5fb9ac06a69eed764595/0123456789abcdef"
    }
    pullhouse = {
      project = "acme-registry-events"
      group   = "45a0c61ea6fd977f050c5fb9ac06a69eed764595"
    }
  }
}

module "pullhouse" {
  source   = "../.."
  for_each = local.environments

  project           = each.value.project
  region            = "europe-west1"
  prefix            = each.key
  chainguard_groups = [each.value.group]
  labels            = { environment = each.key }
  image             = var.images[each.key]
}

output "webhook_urls" {
  value = { for name, deployment in module.pullhouse : name => deployment.webhook_url }
}
