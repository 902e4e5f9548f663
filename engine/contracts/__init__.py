"""The interfaces of the engine: source, stage and sink, and how a source delivers."""
