# The three commands of CI: `docker buildx bake`, `docker buildx bake registry`, `docker buildx bake mounts`.

variable "IMAGE" { default = "ghcr.io/example/app" }
variable "PLATFORM" { default = "linux-amd64" }

target "default" {
  dockerfile = "strake.toml"
  args       = { IMAGE = IMAGE }
  tags       = [IMAGE]
  output     = ["type=registry"]
}

target "registry" {
  inherits = ["default"]
  target   = "@registry"
  output   = ["type=cacheonly"]
  cache-to = ["type=registry,ref=${IMAGE}/cache:main,mode=max"]
}

# A provenance says when it was made: without one, an export in which nothing changed keeps its digest.
target "mounts" {
  inherits = ["default"]
  target   = "@mounts"
  tags     = []
  output   = ["type=image,name=${IMAGE}/mounts:main-${PLATFORM},push=true,store=false"]
  attest   = ["type=provenance,disabled=true"]
}
