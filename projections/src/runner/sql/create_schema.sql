create schema {build}
