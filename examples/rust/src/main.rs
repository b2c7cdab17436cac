//! Greets as often as it is told to.

fn main() {
    let times = std::env::args().nth(1).and_then(|times| times.parse().ok()).unwrap_or(1_u32);
    for time in 1..=times {
        println!("{}: Hello, world!", itoa::Buffer::new().format(time));
    }
}
