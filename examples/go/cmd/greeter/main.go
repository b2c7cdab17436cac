// Greeter greets, and says which greeting it was.
package main

import (
	"fmt"

	"example.com/greeter/internal/greet"
)

var version = "unknown"

func main() {
	fmt.Printf("%s (greeter %s)\n", greet.Greeting("world"), version)
}
