-- kinesis-exporter, Copyright (c) 2026 the kinesis-exporter authors
-- SPDX-License-Identifier: MIT

-- Valid and invalid certificates, made with the openssl command.

local processes = require "processes"

local certificates = {}

local script = [[
cd '%s' && exec > openssl.log 2>&1 || exit 1
new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "$@" || exit 1; }
sign() { # name, days, alternative names
  new -keyout "$1.key" -out "$1.csr" -subj "/CN=$1"
  echo "subjectAltName=$3" > "$1.ext"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days "$2" \
    -extfile "$1.ext" -out "$1.pem" || exit 1
}
new -x509 -days 30 -subj "/CN=spec authority" -keyout ca.key -out ca.pem
new -x509 -days 30 -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost,IP:127.0.0.1" \
  -keyout self_signed.key -out self_signed.pem
sign good 30 DNS:localhost,IP:127.0.0.1
sign wrong_host 30 DNS:elsewhere.example
sign expired -1 DNS:localhost,IP:127.0.0.1
: > index.txt
printf '%%s\n' '[ca]' 'default_ca = own' '[own]' 'dir = .' 'database = index.txt' \
  'new_certs_dir = .' 'certificate = ca.pem' 'private_key = ca.key' 'default_md = sha256' \
  'rand_serial = yes' 'policy = any' '[any]' 'commonName = supplied' > ca.cnf
new -keyout not_yet_valid.key -out not_yet_valid.csr -subj "/CN=not_yet_valid"
openssl ca -batch -notext -config ca.cnf -startdate 20990101000000Z -enddate 20991231000000Z \
  -extfile good.ext -in not_yet_valid.csr -out not_yet_valid.pem || exit 1
]]

-- Makes them in `directory`, which must exist. Returns `ca`, the authority's file, and `good`,
-- `wrong_host`, `expired`, `not_yet_valid` and `self_signed`, each { cert = FILE, key = FILE }: the
-- good one is for localhost and 127.0.0.1, the self-signed one is not the authority's.
function certificates.make(directory)
  local code = processes.run(script:format(directory))
  assert(code == 0, processes.read_file(directory .. "/openssl.log"))
  local made = { ca = directory .. "/ca.pem" }
  for _, name in ipairs { "good", "wrong_host", "expired", "not_yet_valid", "self_signed" } do
    local path = directory .. "/" .. name
    made[name] = { cert = path .. ".pem", key = path .. ".key" }
  end
  return made
end

return certificates
