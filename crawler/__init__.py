"""The top floor: topic, settings, pipelines, tagging, linking, the run and the command line."""
