// Package greet makes greetings.
package greet

import "github.com/google/uuid"

// Greeting greets somebody; no two greetings are the same.
func Greeting(name string) string {
	return "Hello, " + name + "! " + uuid.NewString()
}
