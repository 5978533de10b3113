"""What only the workflow needs: plan of jobs, checks before the first one, audit, publishing."""
