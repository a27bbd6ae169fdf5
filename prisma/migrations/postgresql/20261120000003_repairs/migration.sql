-- AlterTable
ALTER TABLE "BackendSecret" ADD COLUMN     "sealedFor" TEXT;

-- AlterTable
ALTER TABLE "MountOnHost" ADD COLUMN     "repairedAt" TIMESTAMP(3),
ADD COLUMN     "repairs" INTEGER NOT NULL DEFAULT 0;
