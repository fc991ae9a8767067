namespace Fleet.Protocol.Backups;

/// <summary>A backup is torn, altered, of a newer Fleet, or none at all; the message says which.</summary>
public sealed class BackupException(string message, Exception? inner = null) : Exception(message, inner);
