"""Makes the databases of a domain, as an smb.conf says: provision.py SMB_CONF ADDRESS.

The password of the Administrator is taken from the environment.

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

conf, address = sys.argv[1:]
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
    dns_backend="NONE",
    use_ntvfs=False,
    skip_sysvolacl=True,
)
