"""The only room that knows every stage: options in, a ready pipeline or recognizer out."""
