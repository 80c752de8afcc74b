"""Kubernetes for the tests: the tools, the schemas and a control plane, fetched by version and cached.

Nothing here comes prebuilt from a release page: tools are built from Go modules, which Go checks against its
checksum database, and schemas come out of packages. So all that a machine needs is what fetches packages anyway.
"""
