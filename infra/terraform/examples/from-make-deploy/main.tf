# Takes over what `make deploy` made, with its state: the backend is the one of `make deploy` (docs/operate/deploy.md), the settings are
# those of pullhouse.config.json, and moved.tf says where each resource is now. Nothing is destroyed or made again by it.
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
  description = "Image of the services with its digest, as `terraform output image` of the deployment says"
  type        = string
}

module "pullhouse" {
  source = "../.."

  project           = "acme-registry-events"
  region            = "us-central1"
  chainguard_groups = ["45a0c61ea6fd977f050c5fb9ac06a69eed764595"]
  image             = var.image
}
