from greeter import app


def test_it_greets():
    assert app.test_client().get("/world").text == "Hello, world!\n"
