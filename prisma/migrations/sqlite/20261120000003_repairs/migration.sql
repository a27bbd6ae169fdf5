-- AlterTable
ALTER TABLE "BackendSecret" ADD COLUMN "sealedFor" TEXT;

-- AlterTable
ALTER TABLE "MountOnHost" ADD COLUMN "repairedAt" DATETIME;
ALTER TABLE "MountOnHost" ADD COLUMN "repairs" INTEGER NOT NULL DEFAULT 0;
