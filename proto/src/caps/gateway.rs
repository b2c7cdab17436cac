//! Capabilities of the gateway API (`frontend/gateway/pb/caps.go`).
//!
//! A frontend learns them from `PingResponse.frontend_api_caps`.

use super::{Capability, Release};

macro_rules! capabilities {
    ($($name:ident = $id:literal, $minor:literal;)*) => {
        $(
            #[doc = concat!("`", $id, "`, since BuildKit 0.", $minor, ".")]
            pub const $name: &str = $id;
        )*

        /// Every capability of this module, sorted by id.
        pub const ALL: &[Capability] = &[
            $(Capability { id: $id, since: Release::new(0, $minor) },)*
        ];
    };
}

capabilities! {
    FRONTEND_CAPS = "frontend.caps", 8;
    FRONTEND_INPUTS = "frontend.inputs", 7;
    GATEWAY_EVALUATE = "gateway.evaluate", 11;
    GATEWAY_EXEC = "gateway.exec", 8;
    GATEWAY_EXEC_EXTRA_HOSTS = "gateway.exec.extrahosts", 10;
    GATEWAY_EXEC_FILESYSTEM = "gateway.exec.filesystem", 27;
    GATEWAY_EXEC_SECRET_ENV = "gateway.exec.secretenv", 12;
    GATEWAY_EXEC_SIGNALS = "gateway.exec.signals", 10;
    GATEWAY_EVALUATE_SOLVE = "gateway.solve.evaluate", 8;
    GATEWAY_SOLVE_METADATA = "gateway.solve.metadata", 8;
    GATEWAY_WARNINGS = "gateway.warnings", 10;
    IMPORT_CACHES = "importcaches", 4;
    PROTO_REF_ARRAY = "proto.refarray", 7;
    READ_DIR = "readdir", 3;
    READ_FILE = "readfile", 3;
    ATTESTATIONS = "reference.attestations", 11;
    REFERENCE_OUTPUT = "reference.output", 7;
    RESOLVE_IMAGE = "resolveimage", 3;
    RESOLVE_IMAGE_RESOLVE_MODE = "resolveimage.resolvemode", 3;
    RETURN_RESULT = "return", 3;
    RETURN_MAP = "returnmap", 3;
    SOLVE_BASE = "solve.base", 3;
    SOLVE_INLINE_RETURN = "solve.inlinereturn", 3;
    SOURCE_META_RESOLVER = "source.metaresolver", 13;
    SOURCE_META_RESOLVER_HTTP_CHECKSUM_REQUEST = "source.metaresolver.http.checksumrequest", 28;
    SOURCE_META_RESOLVER_IMAGE_ATTESTATIONS = "source.metaresolver.image.attestations", 28;
    STAT_FILE = "statfile", 3;
}
