namespace System.Runtime.CompilerServices;

/// <summary>What the compiler needs for records on .NET Standard.</summary>
internal static class IsExternalInit;
