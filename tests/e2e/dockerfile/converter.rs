//! A frontend that converts Dockerfiles and builds nothing: it answers with the definitions that the
//! daemon's own Dockerfile frontend makes of the first so many made-up ones.

use std::convert::Infallible;

use strake_frontend::testing::gateway::{self, Failure, Gateway, SolveRequest, SolveResult};
use strake_llb::{Definition, FileOp, Graph, MarshalOptions, Mkfile};
use strake_tests::generate;

fn main() -> Infallible {
    gateway::run(async |gateway, environment| {
        let count = environment.options.get("build-arg:COUNT").and_then(|count| count.parse().ok());
        let mut answer = String::new();
        for number in 0..count.unwrap_or(0) {
            let text = generate::dockerfile(number);
            let mut options = environment.options.clone();
            options.retain(|key, _| !matches!(key.as_str(), "requestid" | "source" | "filename"));
            options.insert("cmdline".into(), "converter".into());
            let inputs = [("dockerfile".to_owned(), file("Dockerfile", &text)?)];
            let request = SolveRequest {
                frontend: "dockerfile.v0".to_owned(),
                frontend_opts: options,
                frontend_inputs: inputs.into(),
                ..SolveRequest::default()
            };
            let result = gateway.solve(request).await.map_err(|error| {
                Failure::from(error).context(format!("Dockerfile {number}:\n{text}"))
            })?;
            let definition = result.single_reference().definition.unwrap_or_default();
            let bytes: Vec<String> =
                definition.encode_to_vec().iter().map(|byte| format!("{byte:02x}")).collect();
            answer += &(bytes.concat() + "\n");
        }
        let metadata = [
            ("result.txt".to_owned(), answer.into_bytes()),
            ("version".to_owned(), b"1.0.0".to_vec()),
        ];
        Ok(SolveResult { metadata: metadata.into(), ..SolveResult::default() })
    })
}

fn file(name: &str, text: &str) -> Result<Definition, Failure> {
    let mut graph = Graph::new();
    let file = graph.add(FileOp::new(None).mkfile(Mkfile::new(format!("/{name}"), 0o644, text)));
    let definition = graph.marshal(Some(file.output(0)), &MarshalOptions::default());
    definition.map_err(|error| Failure::new(error.to_string()))
}
