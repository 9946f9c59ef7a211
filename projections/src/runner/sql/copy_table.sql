copy {build}.{table} to stdout (format binary)
