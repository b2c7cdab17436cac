//! A typed, pure builder for BuildKit LLB.
