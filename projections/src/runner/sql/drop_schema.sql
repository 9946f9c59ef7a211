drop schema if exists {build} cascade
