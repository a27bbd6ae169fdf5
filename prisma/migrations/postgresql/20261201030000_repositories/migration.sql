-- CreateEnum
CREATE TYPE "LeaseOutcome" AS ENUM ('finished', 'failed', 'forced');

-- CreateTable
CREATE TABLE "Repository" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "backendId" TEXT NOT NULL,
    "mountId" TEXT,
    "targets" "MountTargets" NOT NULL DEFAULT 'hosts',
    "targetLabels" JSONB,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "disableAtPercent" INTEGER NOT NULL DEFAULT 95,
    "enableBelowPercent" INTEGER NOT NULL DEFAULT 90,
    "fullSince" TIMESTAMP(3),
    "fullPercent" INTEGER,
    "fullAllowedAt" TIMESTAMP(3),
    "generation" INTEGER NOT NULL DEFAULT 1,
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "Repository_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "RepositoryHost" (
    "repositoryId" TEXT NOT NULL,
    "hostId" TEXT NOT NULL,

    CONSTRAINT "RepositoryHost_pkey" PRIMARY KEY ("repositoryId","hostId")
);

-- CreateTable
CREATE TABLE "RepositoryLease" (
    "id" TEXT NOT NULL,
    "repositoryId" TEXT NOT NULL,
    "program" TEXT NOT NULL,
    "job" TEXT,
    "hostId" TEXT,
    "actor" TEXT NOT NULL,
    "startedBy" TEXT NOT NULL,
    "reservedBytes" BIGINT,
    "heartbeatSeconds" INTEGER NOT NULL,
    "startedAt" TIMESTAMP(3) NOT NULL,
    "heartbeatAt" TIMESTAMP(3) NOT NULL,
    "endedAt" TIMESTAMP(3),
    "outcome" "LeaseOutcome",
    "note" TEXT,

    CONSTRAINT "RepositoryLease_pkey" PRIMARY KEY ("id")
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

-- AddForeignKey
ALTER TABLE "Repository" ADD CONSTRAINT "Repository_backendId_fkey" FOREIGN KEY ("backendId") REFERENCES "Backend"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Repository" ADD CONSTRAINT "Repository_mountId_fkey" FOREIGN KEY ("mountId") REFERENCES "Mount"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RepositoryHost" ADD CONSTRAINT "RepositoryHost_repositoryId_fkey" FOREIGN KEY ("repositoryId") REFERENCES "Repository"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RepositoryHost" ADD CONSTRAINT "RepositoryHost_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RepositoryLease" ADD CONSTRAINT "RepositoryLease_repositoryId_fkey" FOREIGN KEY ("repositoryId") REFERENCES "Repository"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "RepositoryLease" ADD CONSTRAINT "RepositoryLease_hostId_fkey" FOREIGN KEY ("hostId") REFERENCES "Host"("id") ON DELETE SET NULL ON UPDATE CASCADE;


