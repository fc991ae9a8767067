namespace Fleet.Agent.Sensors;

/// <summary>Reads small files of /proc, /sys and cgroups into one buffer that is used again. For one thread.</summary>
/// <remarks>Files and processes vanish while one looks: that is an answer (false), not an exception.</remarks>
internal sealed unsafe class KernelFile
{
    private const int Largest = 4 << 20;
    private byte[] _buffer = new byte[16 << 10];

    /// <summary>Reads a file from its beginning to its end.</summary>
    /// <param name="content">Good until the next read.</param>
    public bool TryRead(string path, out ReadOnlySpan<byte> content)
    {
        content = default;
        // Non-blocking: whoever puts a pipe where a file should be must not stop the sensors.
        var file = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenNonBlocking | Libc.OpenCloseOnExec);
        if (file < 0) return false;
        try
        {
            return TryRead(file, out content);
        }
        finally
        {
            _ = Libc.Close(file);
        }
    }

    private bool TryRead(int file, out ReadOnlySpan<byte> content)
    {
        content = default;
        var length = 0;
        while (true)
        {
            if (length == _buffer.Length)
            {
                if (length >= Largest) return false;
                Array.Resize(ref _buffer, length * 2);
            }

            nint count;
            fixed (byte* at = &_buffer[length]) count = Libc.Read(file, at, _buffer.Length - length);
            if (count < 0) return false;
            if (count == 0) break;
            length += (int)count;
        }

        content = _buffer.AsSpan(0, length);
        return true;
    }
}
