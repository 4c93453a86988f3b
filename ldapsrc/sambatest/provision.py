"""Makes the databases of a domain, as an smb.conf says: provision.py SMB_CONF ADDRESS [SCHEMA].

The password of the Administrator is taken from the environment. The schema is extended
by the LDIF SCHEMA, where one is given.

This calls Samba's library, because the command samba-tool always writes the access
control lists of the sysvol share, which needs file system support that a build
machine may lack and that no LDAP client sees.
"""

import logging
import os
import sys

from samba import dsdb
from samba.auth import system_session
from samba.param import LoadParm
from samba.provision import provision
from samba.provision.common import FILL_FULL
from samba.samdb import SamDB

conf, address = sys.argv[1:3]
lp = LoadParm()
lp.load(conf)
provision(
    logging.getLogger("provision"),
    system_session(),
    smbconf=conf,
    lp=lp,
    realm=lp.get("realm"),
    domain=lp.get("workgroup"),
    hostname=lp.get("netbios name"),
    hostip=address,
    hostip6=None,
    adminpass=os.environ["SAMBATEST_PASSWORD"],
    samdb_fill=FILL_FULL,
    serverrole="domain controller",
    dom_for_fun_level=dsdb.DS_DOMAIN_FUNCTION_2008_R2,
    base_schema="2012_R2",
    dns_backend="SAMBA_INTERNAL" if "dns" in lp.get("server services") else "NONE",
    use_ntvfs=False,
    skip_sysvolacl=True,
)


def batches(records):
    """Cuts the records so that none names a class or an attribute of its own batch.

    Samba takes a change of the schema in when its transaction ends, which is what costs.
    """
    batch, names = [], set()
    for record in records:
        if any(str(v) in names for key in ("subClassOf", "possSuperiors", "mayContain") for v in record.get(key, [])):
            yield batch
            batch, names = [], set()
        batch.append(record)
        names.add(str(record["lDAPDisplayName"]))
    yield batch


for schema in sys.argv[3:]:
    samdb = SamDB(session_info=system_session(), lp=lp)
    with open(schema, encoding="utf-8") as ldif:
        records = [record for _, record in samdb.parse_ldif(ldif.read())]
    for batch in batches(records):
        samdb.transaction_start()
        for record in batch:
            samdb.add(record)
        samdb.transaction_commit()
        samdb.set_schema_update_now()
