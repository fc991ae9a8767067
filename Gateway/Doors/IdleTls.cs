using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Fleet.Gateway.Doors;

/// <summary>
/// Lets OpenSSL give back a connection's two record buffers, 16 KiB each, whenever they are empty: an agent's connection is idle
/// nearly all of its life.
/// </summary>
/// <remarks>
/// .NET has no setting for it, and the handle is an internal of <see cref="SslStream"/>. Where it isn't found, or OpenSSL has
/// another name, connections work as they would without this; a test says whether it works here.
/// </remarks>
internal static partial class IdleTls
{
    // SSL_CTRL_MODE and SSL_MODE_RELEASE_BUFFERS of OpenSSL's ssl.h; the same in all its versions since 1.0.
    private const int ChangeMode = 33;
    private const nint ReleaseBuffers = 0x10;

    private static readonly FieldInfo? Handle = typeof(SslStream).GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic);
    private static volatile bool usable = Handle is not null && Handle.FieldType.IsSubclassOf(typeof(SafeHandle));

    /// <summary>To be called after the handshake, before anything is read or written.</summary>
    /// <returns>Whether the buffers will be given back.</returns>
    public static bool GiveBackBuffers(SslStream tls)
    {
        if (!usable || Handle!.GetValue(tls) is not SafeHandle { IsInvalid: false, IsClosed: false } ssl) return false;
        try
        {
            return (Control(ssl, ChangeMode, ReleaseBuffers, 0) & ReleaseBuffers) != 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return usable = false;
        }
    }

    [LibraryImport("libssl.so.3", EntryPoint = "SSL_ctrl")]
    private static partial nint Control(SafeHandle ssl, int command, nint number, nint pointer);
}
