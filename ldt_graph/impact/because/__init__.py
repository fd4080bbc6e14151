"""Why a thing fails, and why another holds: causes that suffice, each needed, down to rows and axioms."""
