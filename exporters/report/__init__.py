"""Tables, pictures and other tools' formats, made of the records that a run wrote."""
