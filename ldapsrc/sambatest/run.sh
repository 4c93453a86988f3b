# Makes a domain in the folder $1 at the address $2, with the schema $3 if there is one, serves it until standard input ends, and removes the folder.
#
# Standard input is a pipe from the test. It ends with the test, even with one that is killed,
# and so does Samba; the shell is still there to tidy up. An interrupt from the keyboard reaches
# the whole process group and must not end the shell before its last line.
trap '' HUP INT TERM

/usr/bin/python3 -I "$1/provision.py" "$1/smb.conf" "$2" ${3:+"$3"} </dev/null &&
	/usr/sbin/samba --interactive --model=single --no-process-group \
		--maximum-runtime=1800 --debug-stdout --configfile="$1/smb.conf"
status=$?

cd / && rm -rf -- "$1"
exit $status
