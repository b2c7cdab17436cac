package com.example;

/** Greets whoever is named. */
public final class Greeter {
    private Greeter() {}

    public static void main(String[] names) {
        for (String name : names.length > 0 ? names : new String[] {"world"}) {
            System.out.println("Hello, " + name + "!");
        }
    }
}
