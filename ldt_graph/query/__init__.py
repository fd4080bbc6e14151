"""Questions that span domains: what fails, when, for whom, and how do we know."""
