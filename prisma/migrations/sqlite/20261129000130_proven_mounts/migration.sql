-- AlterTable
ALTER TABLE "Backend" ADD COLUMN "usageOn" TEXT;

-- AlterTable
ALTER TABLE "MountOnHost" ADD COLUMN "observedProven" BOOLEAN;
