# The matrix: `docker buildx bake` builds the CI and the PROD image of each flavour, on each Python series whose
# Debian is given. `docker buildx bake --print` shows the builds; `docker buildx bake ci-3-11-slim` is one of them.

variable "SYNTAX" { default = "docker.io/strake/strake:1" }
variable "BASES" { default = { "3.11" = "debian:bookworm-slim", "3.13" = "debian:trixie-slim" } }
variable "FLAVOURS" { default = ["full", "slim"] }
variable "MODE" { default = "lock" }
variable "PLATFORMS" { default = ["linux/amd64"] }

group "default" { targets = ["airflow"] }

target "airflow" {
  matrix = {
    python  = keys(BASES)
    flavour = FLAVOURS
    image   = ["ci", "prod"]
  }
  name       = "${image}-${replace(python, ".", "-")}-${flavour}"
  context    = "."
  dockerfile = "strake.toml"
  target     = image
  platforms  = PLATFORMS
  tags       = ["airflow/${image}:${python}-${flavour}"]
  args = {
    BUILDKIT_SYNTAX = SYNTAX
    PYTHON          = python
    FLAVOUR         = flavour
    MODE            = MODE
    BASE            = BASES[python]
  }
}
