//! A frontend that does what it is told: the tests of the process run it as BuildKit would.

use std::convert::Infallible;

use strake_frontend::testing::gateway::{
    self, Failure, Gateway, Reference, SolveRequest, SolveResult,
};

fn main() -> Infallible {
    gateway::run(async |gateway, environment| {
        match environment.options.get("stub").map(String::as_str) {
            Some("panic") => panic!("the stub was told to"),
            Some("fail") => Err(Failure::new("the stub was told to fail")),
            Some("hang") => std::future::pending().await,
            _ => {
                let request =
                    SolveRequest { frontend: "stub".to_owned(), ..SolveRequest::default() };
                let solved = gateway.solve(request).await?;
                let reference = Reference { definition: None, ..solved.single_reference() };
                Ok(SolveResult::single(reference))
            }
        }
    })
}
