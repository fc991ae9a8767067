global using Fleet.Protocol;
global using Grpc.Core;
global using Orleans;
global using Wire = Fleet.Protocol.V1;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
