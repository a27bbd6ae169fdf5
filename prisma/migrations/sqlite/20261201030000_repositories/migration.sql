-- CreateTable
CREATE TABLE "Repository" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "backendId" TEXT NOT NULL,
    "mountId" TEXT,
    "targets" TEXT NOT NULL DEFAULT 'hosts',
    "targetLabels" JSONB,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "disableAtPercent" INTEGER NOT NULL DEFAULT 95,
    "enableBelowPercent" INTEGER NOT NULL DEFAULT 90,
    "fullSince" DATETIME,
    "fullPercent" INTEGER,
    "fullAllowedAt" DATETIME,
    "generation" INTEGER NOT NULL DEFAULT 1,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" DATETIME NOT NULL,
    CONSTRAINT "Repository_backendId_fkey" FOREIGN KEY ("backendId") REFERENCES "Backend" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "Repository_mountId_fkey" FOREIGN KEY ("mountId") REFERENCES "Mount" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "RepositoryHost" (
    "repositoryId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,

    PRIMARY KEY ("repositoryId", "hostId"),
    CONSTRAINT "RepositoryHost_repositoryId_fkey" FOREIGN KEY ("repositoryId") REFERENCES "Repository" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "RepositoryHost_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "RepositoryLease" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "repositoryId" TEXT NOT NULL,
    "program" TEXT NOT NULL,
    "job" TEXT,
    "hostId" TEXT,
    "actor" TEXT NOT NULL,
    "startedBy" TEXT NOT NULL,
    "reservedBytes" BIGINT,
    "heartbeatSeconds" INTEGER NOT NULL,
    "startedAt" DATETIME NOT NULL,
    "heartbeatAt" DATETIME NOT NULL,
    "endedAt" DATETIME,
    "outcome" TEXT,
    "note" TEXT,
    CONSTRAINT "RepositoryLease_repositoryId_fkey" FOREIGN KEY ("repositoryId") REFERENCES "Repository" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "RepositoryLease_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host" ("id") ON DELETE SET NULL ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "Repository_name_key" ON "Repository"("name");

-- CreateIndex
CREATE UNIQUE INDEX "Repository_mountId_key" ON "Repository"("mountId");

-- CreateIndex
CREATE INDEX "Repository_backendId_idx" ON "Repository"("backendId");

-- CreateIndex
CREATE INDEX "RepositoryHost_hostId_idx" ON "RepositoryHost"("hostId");

-- CreateIndex
CREATE INDEX "RepositoryLease_repositoryId_endedAt_idx" ON "RepositoryLease"("repositoryId", "endedAt");

-- CreateIndex
CREATE INDEX "RepositoryLease_hostId_idx" ON "RepositoryLease"("hostId");


