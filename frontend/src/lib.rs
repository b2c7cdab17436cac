//! The strake frontend.
