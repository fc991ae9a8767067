global using Wire = Fleet.Protocol.V1;
