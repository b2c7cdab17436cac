//! The program in the syntax image. BuildKit runs it for a build, speaks gRPC with it over standard
//! input and output, and takes what it returns.

use strake_frontend::{gateway, pipeline};

fn main() {
    gateway::run(|gateway, environment| async move {
        pipeline::run(gateway.as_ref(), &environment).await
    })
}
