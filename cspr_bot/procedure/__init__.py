"""The rules of a child safeguarding practice review: pure, and unable to speak of a person."""
