"""What is open in the window: sessions of the engine, and what a person does with them."""
