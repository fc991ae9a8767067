namespace Fleet.Agent.Runtimes.Overlay;

/// <summary>Capabilities of processes in a slot.</summary>
internal static class Rights
{
    /// <summary>
    /// All that root in a slot can ever have: change owners and users, bind low ports, change root. It can't mount, make
    /// devices, load modules, trace, configure the network or set the clock.
    /// </summary>
    public const string Bounding = "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+net_bind_service,+sys_chroot";

    /// <summary>What setting a slot up takes; inherited through the programs that do it, and dropped before the service starts.</summary>
    public const string SetUp = "-all,+sys_admin,+mknod,+setpcap,+dac_read_search,+sys_ptrace";

    public const string DropSetUp = "--inh-caps=-sys_admin,-mknod,-setpcap,-dac_read_search,-sys_ptrace";
}
