//! The program in the syntax image. BuildKit runs it for a build, speaks gRPC with it over standard
//! input and output, and takes what it returns. With arguments it is what it was mounted into a step
//! for.

/// musl's own allocator gives memory back to the system at every turn, and asks for it again.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    strake_frontend::run(&arguments)
}
