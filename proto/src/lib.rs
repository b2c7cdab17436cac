//! The wire: BuildKit messages, typed error details and capability names. No logic.
