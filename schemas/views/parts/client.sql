-- Four columns made from user_agent: the program, its version, its system and architecture.
-- Most programs say name/version first (RFC 9110, section 10.1.5); those that do not have a line here.
CASE LOWER(REGEXP_EXTRACT(user_agent, r'^([^/ ]{1,64})'))
    WHEN 'containers' THEN 'containers/image' -- the library of podman, skopeo, buildah and CRI-O
    WHEN 'dependabot-core' THEN 'dependabot'
    WHEN 'docker-client' THEN 'docker'
    WHEN 'fluxcd' THEN 'flux'
    WHEN 'go-http-client' THEN 'go http'
    WHEN 'harbor-registry-client' THEN 'harbor'
    WHEN 'mozilla' THEN 'browser'
    WHEN 'regclient' THEN COALESCE(REGEXP_EXTRACT(user_agent, r'^regclient/(reg[a-z]+)'), 'regclient')
    WHEN 'renovatebot' THEN 'renovate'
    ELSE LOWER(REGEXP_EXTRACT(user_agent, r'^([^/ ]{1,64})'))
  END AS client,
  COALESCE(
    REGEXP_EXTRACT(user_agent, r'^[^/ ]+/v?(\d[^ ;()+]{0,63})'),
    -- Only right after the program: further on it is the version of something else, such as the kernel.
    REGEXP_EXTRACT(user_agent, r'^[^ ]+ \(?v?(\d+\.\d[^ ;()+]{0,63})')
  ) AS client_version,
  COALESCE(
    REGEXP_EXTRACT(LOWER(user_agent), r'\bos/([a-z0-9]{1,32})'),
    REGEXP_EXTRACT(LOWER(user_agent), r'[(;/ -](linux|darwin|windows|freebsd)(?:[);/ -]|$)'),
    image_os
  ) AS os,
  REPLACE(REPLACE(COALESCE(
    REGEXP_EXTRACT(LOWER(user_agent), r'\barch/([a-z0-9_]{1,32})'),
    REGEXP_EXTRACT(LOWER(user_agent), r'[(;/ ](amd64|x86_64|arm64|aarch64|386|ppc64le|s390x|riscv64)(?:[);/ -]|$)'),
    image_arch
  ), 'x86_64', 'amd64'), 'aarch64', 'arm64') AS arch
