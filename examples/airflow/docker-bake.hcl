# The matrix: `docker buildx bake` builds the CI and the PROD image of each Python series whose Debian is given.
# `docker buildx bake --print` shows the builds.

variable "SYNTAX" { default = "docker.io/strake/strake:1" }
variable "BASES" { default = { "3.11" = "debian:bookworm-slim" } }
variable "PLATFORMS" { default = ["linux/amd64"] }

group "default" { targets = ["airflow"] }

target "airflow" {
  matrix = {
    python = keys(BASES)
    image  = ["ci", "prod"]
  }
  name       = "${image}-${replace(python, ".", "-")}"
  context    = "."
  dockerfile = "strake.toml"
  target     = image
  platforms  = PLATFORMS
  tags       = ["airflow/${image}:${python}"]
  args = {
    BUILDKIT_SYNTAX = SYNTAX
    PYTHON          = python
    BASE            = BASES[python]
  }
}
